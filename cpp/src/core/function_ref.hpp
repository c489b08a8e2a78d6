// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <type_traits>

namespace laminar {

/// A reference to a callable that outlives the call; unlike std::function it never allocates.
template <class Signature>
class FunctionRef;
template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  template <class Callable>
  requires(!std::is_same_v<std::remove_cvref_t<Callable>, FunctionRef>)
      FunctionRef(Callable&& callable)  // NOLINT(google-explicit-constructor)
      : callable_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        invoke_([](void* target, Arguments... arguments) -> Result {
          return (*static_cast<std::remove_reference_t<Callable>*>(target))(arguments...);
        }) {}
  Result operator()(Arguments... arguments) const { return invoke_(callable_, arguments...); }

 private:
  void* callable_;
  Result (*invoke_)(void*, Arguments...);
};

}  // namespace laminar
