"""The formats of `favsync export`: one module each, which knows neither the database nor the terminal."""
