#ifdef __CET__
#include <cet.h> // the note that lets the linker keep CET
#endif
    .section .rodata
    .global rootlayerAgentStart, rootlayerAgentEnd, rootlayerAgentDigest
    .hidden rootlayerAgentStart, rootlayerAgentEnd, rootlayerAgentDigest
    .balign 16
rootlayerAgentStart:
    .incbin ROOTLAYER_AGENT_FILE
rootlayerAgentEnd:
rootlayerAgentDigest:
    .incbin ROOTLAYER_AGENT_DIGEST_FILE
    .section .note.GNU-stack, "", @progbits
