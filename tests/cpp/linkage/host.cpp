// SPDX-License-Identifier: BSD-3-Clause
//
// host <plugin>...: loads shared libraries that each have a copy of laminar linked in, into a program that has one too
// and shows all its own symbols. A copy whose symbols were not hidden would be replaced by the program's.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <laminar/laminar.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "plugin.hpp"

namespace {

int failures = 0;

void check(bool ok, const std::string& what) {
  std::printf("%-6s %s\n", ok ? "ok" : "FAILED", what.c_str());
  failures += ok ? 0 : 1;
}

struct Plugin {
  std::string name;
  decltype(&plugin_state) state = nullptr;
  decltype(&plugin_isa) isa = nullptr;
  decltype(&plugin_loss) loss = nullptr;
  decltype(&plugin_catches) catches = nullptr;
};

template <class Function>
void find(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
  if (function == nullptr) throw std::runtime_error(dlerror());
}

Plugin load(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  Plugin plugin;
  plugin.name = std::string(path).substr(std::string(path).rfind('/') + 1);
  find(library, "plugin_state", plugin.state);
  find(library, "plugin_isa", plugin.isa);
  find(library, "plugin_loss", plugin.loss);
  find(library, "plugin_catches", plugin.catches);
  return plugin;
}

/// Asks the copies, one after the other, for what they find in the environment the first time.
void check_isas(const std::vector<Plugin>& plugins) {
  const std::string best = laminar::available_isas().front();
  std::vector<std::string> wanted;
  for (std::size_t i = 0; i < plugins.size(); ++i) {
    wanted.emplace_back(i % 2 == 0 ? "generic" : best);
    setenv("LAMINAR_ISA", wanted.back().c_str(), 1);
    plugins[i].isa();
  }
  unsetenv("LAMINAR_ISA");
  for (std::size_t i = 0; i < plugins.size(); ++i) {
    check(plugins[i].isa() == wanted[i], plugins[i].name + " computes with what it was told, " + wanted[i]);
  }
  check(laminar::default_isa() == best, "the program computes with what it was told, " + best);
}

/// Trains in all copies at once, each with threads of its own.
void check_training(const std::vector<Plugin>& plugins) {
  const double alone = plugins.front().loss(1);
  std::vector<double> losses(plugins.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < plugins.size(); ++i) threads.emplace_back([&, i] { losses[i] = plugins[i].loss(2); });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < plugins.size(); ++i) {
    check(losses[i] == alone, plugins[i].name + " trains to the same bits beside the others");
  }
}

}  // namespace

int main(int count, char** arguments) {
  try {
    std::vector<Plugin> plugins;
    for (int i = 1; i < count; ++i) plugins.push_back(load(arguments[i]));
    std::set<const void*> states{&laminar::available_isas()};
    for (const Plugin& plugin : plugins) {
      check(states.insert(plugin.state()).second, plugin.name + " has a copy of its own");
      check(plugin.catches(), plugin.name + " catches laminar's exceptions");
    }
    check_isas(plugins);
    check_training(plugins);
    return plugins.size() < 2 || failures != 0 ? 1 : 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
