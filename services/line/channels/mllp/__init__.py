"""HL7 version 2 by MLLP: from the bytes on a connection to a hospital's message, and the answer to it."""
