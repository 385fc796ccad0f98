"""`favsync files`: download, verify and organize the files of favorites; one module a command, and their group."""
