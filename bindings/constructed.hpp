// SPDX-License-Identifier: BSD-3-Clause
//
// Objects that were made by __new__ alone: pybind11 would hand out memory that nobody has written to. Whatever converts
// an object of ours includes this.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <string>

namespace laminar {

struct BoundTensor;
struct LayerEntry;
class BoundFile;
class BoundModel;
class LossFunction;
class MetricFunction;
class OptimizerRule;
class ScheduleRule;

/// A conversion from Python that is a TypeError for an object whose __init__ was not called.
template <class Caster>
class Constructed : public Caster {
 public:
  bool load(pybind11::handle source, bool convert) {
    if (this->typeinfo != nullptr && PyObject_TypeCheck(source.ptr(), this->typeinfo->type)) {
      auto* instance = reinterpret_cast<pybind11::detail::instance*>(source.ptr());
      // The general way looks the type up, which is slow; only a class with two bases of ours needs it.
      const void* value = instance->simple_layout ? instance->simple_value_holder[0]
                                                  : instance->get_value_and_holder(this->typeinfo).value_ptr();
      if (value == nullptr) refuse(source);
    }
    return Caster::load(source, convert);
  }

 private:
  [[noreturn]] static void refuse(pybind11::handle source) {
    const auto name = pybind11::str(pybind11::type::handle_of(source).attr("__name__"));
    throw pybind11::type_error(std::string(name) +
                               ": expected a constructed object, got one whose __init__ was not called");
  }
};

}  // namespace laminar

namespace pybind11::detail {

template <class T>
using ConstructedValue = laminar::Constructed<type_caster_base<T>>;
template <class T>
using ConstructedHolder = laminar::Constructed<copyable_holder_caster<T, std::shared_ptr<T>>>;

template <>
class type_caster<laminar::BoundTensor> : public ConstructedValue<laminar::BoundTensor> {};
template <>
class type_caster<laminar::BoundFile> : public ConstructedValue<laminar::BoundFile> {};
template <>
class type_caster<laminar::BoundModel> : public ConstructedValue<laminar::BoundModel> {};
template <>
class type_caster<laminar::LayerEntry> : public ConstructedValue<laminar::LayerEntry> {};
template <>
class type_caster<laminar::LossFunction> : public ConstructedValue<laminar::LossFunction> {};
template <>
class type_caster<laminar::MetricFunction> : public ConstructedValue<laminar::MetricFunction> {};
template <>
class type_caster<laminar::OptimizerRule> : public ConstructedValue<laminar::OptimizerRule> {};
template <>
class type_caster<laminar::ScheduleRule> : public ConstructedValue<laminar::ScheduleRule> {};

template <>
class type_caster<std::shared_ptr<laminar::LayerEntry>> : public ConstructedHolder<laminar::LayerEntry> {};
template <>
class type_caster<std::shared_ptr<laminar::LossFunction>> : public ConstructedHolder<laminar::LossFunction> {};
template <>
class type_caster<std::shared_ptr<laminar::MetricFunction>> : public ConstructedHolder<laminar::MetricFunction> {};
template <>
class type_caster<std::shared_ptr<laminar::OptimizerRule>> : public ConstructedHolder<laminar::OptimizerRule> {};
template <>
class type_caster<std::shared_ptr<laminar::ScheduleRule>> : public ConstructedHolder<laminar::ScheduleRule> {};

}  // namespace pybind11::detail
