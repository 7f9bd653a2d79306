"""Notices: the papers of an office to an applicant or requester, as PDF made anew from the act's sealed paper whenever one is read."""
