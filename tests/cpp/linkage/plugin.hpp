// SPDX-License-Identifier: BSD-3-Clause
#pragma once

extern "C" {
/// Something of which each copy of laminar has one.
[[gnu::visibility("default")]] const void* plugin_state();
/// What models compute with by default: read from the environment once in the life of a copy.
[[gnu::visibility("default")]] const char* plugin_isa();
/// Of a small network that was trained.
[[gnu::visibility("default")]] double plugin_loss(int threads);
/// Whether laminar's exceptions are known again where they are caught.
[[gnu::visibility("default")]] bool plugin_catches();
}
