"""Write a directive out of the house: GB/T 9704 .docx and PDF, Akoma Ntoso, OSCAL, JSON."""
