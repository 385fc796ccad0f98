"""The files of favorites: fetched, verified, organized."""
