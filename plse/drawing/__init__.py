"""What the order of draws is made of; see :mod:`plse.exploration`."""
