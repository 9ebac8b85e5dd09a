#pragma once

/// All of librootlayer. Start with rootlayer/builder.hh.
#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>
#include <rootlayer/builder.hh>
#include <rootlayer/cache.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/copy.hh>
#include <rootlayer/diff.hh>
#include <rootlayer/doctor.hh>
#include <rootlayer/error.hh>
#include <rootlayer/event.hh>
#include <rootlayer/export.hh>
#include <rootlayer/guest.hh>
#include <rootlayer/image_name.hh>
#include <rootlayer/inspect.hh>
#include <rootlayer/layer_plan.hh>
#include <rootlayer/lock_file.hh>
#include <rootlayer/machine_options.hh>
#include <rootlayer/network_options.hh>
#include <rootlayer/run_result.hh>
#include <rootlayer/run_spec.hh>
#include <rootlayer/script_failure.hh>
#include <rootlayer/settings.hh>
#include <rootlayer/standby_machine.hh>
#include <rootlayer/verify.hh>
#include <rootlayer/version.hh>
