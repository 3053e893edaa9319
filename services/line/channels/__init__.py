"""How the line meets systems outside: hospitals by MLLP and FHIR, telephone systems by what they sign."""
