using System.CommandLine;
using System.Globalization;
using Gesso.Contracts.Errors;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Text;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;

namespace Gesso.Cli.Commands.Text;

/// <summary><c>gesso text edit</c>: other words in a picture that carries its text; the picture itself is not drawn again.</summary>
internal sealed class EditText
{
    private const string Auto = "auto";
    private const string Fit = "fit";

    private readonly Argument<string> _picture = new("picture") { Description = "A picture that Gesso laid text into.", HelpName = "PNG" };
    private readonly Option<string?> _layer = new("--layer") { Description = "Which layer the other options change.", HelpName = "NAME" };
    private readonly Option<string?> _text = new("--text") { Description = "Its new words.", HelpName = "TEXT" };
    private readonly Option<string?> _color = new("--color") { Description = "#rrggbb, or auto.", HelpName = "COLOR" };
    private readonly Option<string?> _size = new("--text-size") { Description = "Pixels, or fit: as large as its region allows.", HelpName = "N|fit" };
    private readonly Option<string[]> _font = new("--font") { Description = "Families or font files, in order; may be given several times.", HelpName = "NAME" };
    private readonly Option<int?> _weight = new("--weight") { Description = "400 regular, 700 bold.", HelpName = "N" };
    private readonly Option<string?> _layers = new("--layers") { Description = "Take this text document in place of the one in the picture.", HelpName = "FILE" };
    private readonly Option<bool> _show = new("--show") { Description = "Print the picture's text document and change nothing." };
    private readonly Option<bool> _remove = new("--remove") { Description = "Take the layer off; without --layer all text: the plain picture comes back." };
    private readonly Option<string?> _out = new("--out", "-o") { Description = "PNG to write; default: the picture itself.", HelpName = "FILE" };

    public static Command Create()
    {
        var edit = new EditText();
        var command = new Command("edit", "Change the text of a picture that carries it, in a moment and without a model.") { edit._picture };
        foreach (Option option in new Option[] { edit._layer, edit._text, edit._color, edit._size, edit._font, edit._weight, edit._layers, edit._remove, edit._show, edit._out })
            command.Add(option);
        command.SetAction(edit.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var output = parsed.InvocationConfiguration.Output;
        string path = parsed.GetValue(_picture)!, target = parsed.GetValue(_out) ?? path;
        byte[] bytes = ImageFiles.ReadBytes(path);
        if (parsed.GetValue(_show))
        {
            output.WriteLine(TextDocumentJson.Write(TextPicture.ReadDocument(bytes, path)));
            return ExitCodes.Ok;
        }
        AtomicFile.RequireWritable(target);
        var picture = TextPicture.Read(bytes, path);
        var document = parsed.GetValue(_layers) is { } file ? TextOutput.ReadDocument(file) : picture.Document;
        document = Changed(parsed, document);
        var (png, rendering) = TextPicture.Make(new TextRenderer(FontLibrary.Default), picture.Plate, document, picture.OtherTexts);
        AtomicFile.Write(target, png);
        TextOutput.Notes(rendering.Report, parsed.InvocationConfiguration.Error);
        output.WriteLine(target);
        return ExitCodes.Ok;
    }

    private TextDocument Changed(ParseResult parsed, TextDocument document)
    {
        var (text, color, size, fonts, weight) = (parsed.GetValue(_text), parsed.GetValue(_color), parsed.GetValue(_size), parsed.GetValue(_font) ?? [], parsed.GetValue(_weight));
        bool changes = text is not null || color is not null || size is not null || fonts.Length > 0 || weight is not null;
        if (parsed.GetValue(_remove))
        {
            if (changes)
                throw GessoException.Invalid("bad_options", "--remove takes a layer off; --text and the like change one.");
            return parsed.GetValue(_layer) is { } gone ? document with { Layers = [.. document.Layers.Where(l => l.Id != document.Layer(gone).Id)] } : document with { Layers = [] };
        }
        if (!changes)
            return parsed.GetValue(_layers) is not null ? document : throw GessoException.Invalid("nothing_to_change", "Nothing to change: give --text, --color, --text-size, --font, --weight, --layers or --remove.");
        var layer = Chosen(document, parsed.GetValue(_layer));
        var font = layer.Font with { Families = fonts.Length > 0 ? fonts : layer.Font.Families, Weight = weight ?? layer.Font.Weight };
        return document.With(layer with
        {
            Text = text ?? layer.Text,
            Font = font,
            Color = color is null ? layer.Color : color == Auto ? null : InkColor.TryParse(color, out var ink)
                ? ink
                : throw GessoException.Invalid("bad_color", $"--color: expected #rrggbb, #rrggbbaa or auto, got \"{color}\"."),
            Size = size is null ? layer.Size : size == Fit ? null : double.TryParse(size, NumberStyles.Float, CultureInfo.InvariantCulture, out double pixels)
                ? pixels
                : throw GessoException.Invalid("bad_text_size", $"--text-size: expected pixels or fit, got \"{size}\"."),
        });
    }

    private static TextLayer Chosen(TextDocument document, string? name)
    {
        if (name is not null)
            return document.Layer(name);
        return document.Layers.Count == 1
            ? document.Layers[0]
            : throw GessoException.Invalid("no_layer", $"Which layer? --layer takes one of {string.Join(", ", document.Layers.Select(l => l.Id))}.");
    }
}
