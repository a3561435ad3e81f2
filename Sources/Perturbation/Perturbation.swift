// Placeholder of the skeleton: the first file of this module replaces it.
