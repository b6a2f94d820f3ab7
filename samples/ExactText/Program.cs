using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Text;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;

var picture = args.Length > 0 ? ImageFiles.Read(args[0]) : new RasterImage(800, 400, 3, new byte[800 * 400 * 3]);
var title = new TextLayer { Id = "title", Text = "Fresh every day", Role = TextRole.Title, Region = new BoxRegion(40, 40, picture.Width - 80, picture.Height / 3) };
var (png, rendering) = TextPicture.Make(new TextRenderer(FontLibrary.Default), picture, new TextDocument { Layers = [title] });
AtomicFile.Write("gesso-poster.png", png);
Console.WriteLine(rendering.Report.Passed ? "gesso-poster.png" : string.Join("; ", rendering.Report.Layers.SelectMany(layer => layer.Problems)));
