"""Predict what this prints, then run it."""

monday = ["bread", "milk"]
tuesday = monday
tuesday.append("cheese")
print(monday)
print(tuesday)
