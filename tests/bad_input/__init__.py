"""Which test covers which row of the matrix of bad inputs. The tests stand beside what they test."""
