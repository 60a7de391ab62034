"""惩戒: the lawful lists of measures, and sanctions that exist only because of them and end when they must."""
