// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "laminar/error.hpp"

namespace laminar {

/// Does `work`; what it throws about an argument then names the one that this is part of: "validation_data: x: ...".
template <class Work>
void within_argument(const std::string& name, const Work& work) {
  try {
    work();
  } catch (const ShapeError& error) {
    throw ShapeError(name + ": " + error.what());
  } catch (const ValueError& error) {
    throw ValueError(name + ": " + error.what());
  } catch (const TypeError& error) {
    throw TypeError(name + ": " + error.what());
  }
}

}  // namespace laminar
