// SPDX-License-Identifier: BSD-3-Clause
//
// A file that is there whole or not at all.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace laminar {

/// What writes a piece of the file.
using ByteSink = std::function<void(std::span<const std::byte>)>;

/// Puts a new file in the place of `path`, or leaves what was there as it is and throws FileError, which names `path`.
///
/// `fill` writes to ".<name>.partial" in the same folder, which is made durable and then renamed, keeping the
/// permissions of the file that it replaces; links are followed. Killed at any moment, a process leaves the old file or
/// the new one, and at most that partial one, which the next call takes over.
void write_atomically(const std::string& path, const std::function<void(const ByteSink&)>& fill);

}  // namespace laminar
