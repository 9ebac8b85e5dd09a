#ifdef __CET__
#include <cet.h> // the note that lets the linker keep CET
#endif
    .section .rodata
    .global rootlayerHelperStart, rootlayerHelperEnd
    .hidden rootlayerHelperStart, rootlayerHelperEnd
    .balign 16
rootlayerHelperStart:
    .incbin ROOTLAYER_HELPER_FILE
rootlayerHelperEnd:
    .section .note.GNU-stack, "", @progbits
