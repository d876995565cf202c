"""What a line shows: features of one picture, the profile of many, and the severities that would explain them."""
