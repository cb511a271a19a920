"""Web actions: conversion of HTTP requests to arguments, and of results to HTTP responses.

This package implements the rules of OpenWhisk's web actions (contract §4). It does not depend on
the HTTP server.
"""
