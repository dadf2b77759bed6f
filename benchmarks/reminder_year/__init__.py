"""A simulated year of pregnancies and babies on a fast clock: all reminded in time, once, and never wrongly?"""
