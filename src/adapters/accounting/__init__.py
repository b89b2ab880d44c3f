"""The books in the languages of other programs, for auditors who trust theirs more than ours."""
