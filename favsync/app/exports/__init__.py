"""Write favorites to files: the full export, lists in the field's formats, and Datasette's configuration."""
