using System.CommandLine;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Text;
using Gesso.Formats.Png;
using Gesso.Typography.Fonts;
using Gesso.Typography.Planning;
using Gesso.Typography.Rendering;

namespace Gesso.Cli.Commands.Text;

/// <summary><c>gesso text render</c>: a text document onto any picture, or onto nothing.</summary>
internal static class RenderText
{
    private const long MostPixels = ImageFiles.MostPixels;

    public static Command Create()
    {
        var layers = new Argument<string>("layers") { Description = "The text document (docs/typography.md).", HelpName = "LAYERS.json" };
        var on = new Option<string?>("--on") { Description = "The picture to lay it onto.", HelpName = "FILE" };
        var size = new Option<string?>("--size") { Description = "Without --on: pixels of the new picture, white; default: the document's canvas.", HelpName = "WxH" };
        var transparent = new Option<bool>("--transparent") { Description = "Without --on: on transparent ground." };
        var find = new Option<bool>("--find-surface") { Description = "Look in the picture for a sign, label or screen for layers with \"blend\": \"scene\" and no region." };
        var @out = new Option<string>("--out", "-o") { Description = "PNG to write.", HelpName = "FILE", Required = true };
        var command = new Command("render", "Lay a text document onto a picture.") { layers, on, size, transparent, find, @out };
        command.SetAction(parsed =>
        {
            string target = parsed.GetValue(@out)!;
            AtomicFile.RequireWritable(target);
            var document = TextOutput.ReadDocument(parsed.GetValue(layers)!);
            var (plate, texts) = parsed.GetValue(on) is { } path
                ? Picture(path, parsed.GetValue(size) is not null || parsed.GetValue(transparent))
                : (Blank(parsed.GetValue(size), document.Canvas, parsed.GetValue(transparent)), []);
            if (parsed.GetValue(find))
                document = SurfaceFinder.FillIn(document, plate);
            var (png, rendering) = TextPicture.Make(new TextRenderer(FontLibrary.Default), plate, document, texts);
            AtomicFile.Write(target, png);
            TextOutput.Notes(rendering.Report, parsed.InvocationConfiguration.Error);
            parsed.InvocationConfiguration.Output.WriteLine(target);
            return ExitCodes.Ok;
        });
        return command;
    }

    /// <summary>A picture with its texts; one that carries a text document is taken as its plate.</summary>
    private static (RasterImage, IReadOnlyList<PngText>) Picture(string path, bool blankOptions)
    {
        if (blankOptions)
            throw GessoException.Invalid("bad_options", "--size and --transparent are for a new picture; --on names one.");
        byte[] bytes = ImageFiles.ReadBytes(path);
        if (TextPicture.TryReadDocument(bytes, out _))
        {
            var carried = TextPicture.Read(bytes, path);
            return (carried.Plate, carried.OtherTexts);
        }
        bool png = bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']);
        return (ImageFiles.Decode(bytes, path), png ? PngChunks.ReadText(bytes) : []);
    }

    private static RasterImage Blank(string? text, ImageSize? canvas, bool transparent)
    {
        var size = text is null
            ? canvas ?? throw GessoException.Invalid("no_size", "A picture (--on) or a size (--size 1024x768) is needed: the document has no canvas.")
            : ImageSize.TryParse(text, out var given) ? given : throw GessoException.Invalid("bad_size", $"--size: expected WIDTHxHEIGHT such as 1024x768, got \"{text}\".");
        if (size.Pixels > MostPixels)
            throw GessoException.Invalid("bad_size", $"--size: expected at most {MostPixels / 1_000_000} megapixels, got {size}.");
        byte[] pixels = new byte[size.Pixels * (transparent ? 4 : 3)];
        if (!transparent)
            Array.Fill(pixels, (byte)255);
        return new RasterImage(size.Width, size.Height, transparent ? 4 : 3, pixels);
    }
}
