"""The explorer: pages about a release for people, made on the server, in English, French and Spanish.

A page is asked for at an address that begins with its language. Everything on it works without JavaScript; charts are
drawn on the server, and nothing is loaded from another host.
"""
