"""How a language writes days and times here, where it is not how Django has it write them."""
