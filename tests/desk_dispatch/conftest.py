"""What does every test of the dispatch board begin with?"""

from tests.desk.conftest import alice, bo, dee, house, root

__all__ = ["alice", "bo", "dee", "house", "root"]
