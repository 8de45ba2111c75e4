"""How fast is Yingnuo, and where does it miss its limits? `python -m bench --help` lists what is measured."""
