"""Breaking rules one place at a time: where (`breaking`), what the tests say (`trying`), what means nothing (`equivalents`)."""
