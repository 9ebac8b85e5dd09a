#ifdef __CET__
#include <cet.h> // the note that lets the linker keep CET
#endif
    .section .rodata
    .global rootlayerKernelConfigStart, rootlayerKernelConfigEnd
    .hidden rootlayerKernelConfigStart, rootlayerKernelConfigEnd
rootlayerKernelConfigStart:
    .incbin ROOTLAYER_KERNEL_CONFIG
rootlayerKernelConfigEnd:
    .section .note.GNU-stack, "", @progbits
