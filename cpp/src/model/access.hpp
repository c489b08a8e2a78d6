// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <mutex>
#include <string>
#include <thread>

#include "laminar/error.hpp"

namespace laminar {

/// Who uses a model now: any number of readers, or one thread that changes it. A clash is an error, never a wait: two
/// fits at a time are a mistake of the caller.
class Access {
 public:
  class Reading {
   public:
    explicit Reading(Access& access) : access_(access) {
      const std::lock_guard lock(access_.mutex_);
      // The thread that trains may look at the model between two steps, from a callback.
      if (access_.writing_ && access_.writer_ != std::this_thread::get_id()) {
        throw StateError("this model is being trained or changed by another thread; wait until that call returns");
      }
      ++access_.readers_;
    }
    ~Reading() {
      const std::lock_guard lock(access_.mutex_);
      --access_.readers_;
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

   private:
    Access& access_;
  };

  /// Whether the thread that trains may do this between two steps, from a callback: setting weights, say.
  enum class Nested { kForbidden, kAllowed };

  class Writing {
   public:
    explicit Writing(Access& access, Nested nested = Nested::kForbidden) : access_(access) {
      const std::lock_guard lock(access_.mutex_);
      nested_ = access_.writing_ && access_.writer_ == std::this_thread::get_id() && nested == Nested::kAllowed;
      if (nested_) return;
      if (access_.writing_ && access_.writer_ == std::this_thread::get_id()) {
        throw StateError(
            "this model is in use: what is called during training may look at it and set its weights and learning "
            "rate, but neither train nor compile it");
      }
      if (access_.writing_ || access_.readers_ > 0) {
        throw StateError("this model is in use by another call; train or change it when that has returned");
      }
      access_.writing_ = true;
      access_.writer_ = std::this_thread::get_id();
    }
    ~Writing() {
      if (nested_) return;
      const std::lock_guard lock(access_.mutex_);
      access_.writing_ = false;
    }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    Access& access_;
    bool nested_ = false;
  };

 private:
  std::mutex mutex_;
  int readers_ = 0;
  bool writing_ = false;
  std::thread::id writer_;
};

}  // namespace laminar
