"""Reading the JSON body of a request: where a value stands, what type it must have, how it is refused."""
