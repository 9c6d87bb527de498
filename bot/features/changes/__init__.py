"""What was changed before something broke: the record, the looks, and the order of suspicion."""
