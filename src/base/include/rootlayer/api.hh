#pragma once

/// Marks what the shared library exports; all other symbols are hidden.
#define ROOTLAYER_API __attribute__((visibility("default")))
