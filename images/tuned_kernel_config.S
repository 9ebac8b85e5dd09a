    .section .rodata
    .global rootlayerKernelConfigStart, rootlayerKernelConfigEnd
    .hidden rootlayerKernelConfigStart, rootlayerKernelConfigEnd
rootlayerKernelConfigStart:
    .incbin ROOTLAYER_KERNEL_CONFIG
rootlayerKernelConfigEnd:
    .section .note.GNU-stack, "", @progbits
