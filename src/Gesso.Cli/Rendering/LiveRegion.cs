using System.Text;

namespace Gesso.Cli.Rendering;

/// <summary>
/// Some rows at the bottom of what was written, drawn again and again in place: a picture (optional), then lines of text. Between draws the cursor rests on the
/// last line. All moves are relative and never reach above the region, so scrolling does not disturb them; rows are claimed by
/// line feeds first, so that a picture is never drawn across the lower edge.
/// </summary>
internal sealed class LiveRegion(TextWriter output, TerminalCapabilities terminal)
{
    private RenderedImage? _image;
    private int _rows;
    private int _lines;

    /// <summary>
    /// Draws <paramref name="lines"/> (at least one, each narrower than the window) below <paramref name="image"/>.
    /// A picture that is still on the screen (the same object) is not sent again; one that does not fit into the window is left out.
    /// </summary>
    public void Draw(RenderedImage? image, IReadOnlyList<string> lines)
    {
        ArgumentOutOfRangeException.ThrowIfZero(lines.Count);
        if (image is not null && image.Rows + lines.Count > terminal.Size.Rows)
            image = null;
        var text = new StringBuilder();
        bool linesOnly = _rows > 0 && ReferenceEquals(image, _image) && lines.Count == _lines;
        if (linesOnly)
        {
            text.Append(ControlCodes.Up(_lines - 1)).Append('\r');
            AppendLines(text, lines);
        }
        else
        {
            text.Append(ControlCodes.BeginFrame);
            Claim(text, image, lines.Count);
            AppendImage(text, image);
            AppendLines(text, lines);
            text.Append(ControlCodes.EndFrame);
        }
        _image = image;
        _lines = lines.Count;
        output.Write(text.ToString());
        output.Flush();
    }

    /// <summary>Takes the region off the screen; the cursor is where it began.</summary>
    public void Clear()
    {
        if (_rows == 0)
            return;
        output.Write(_image?.Removal + ControlCodes.Up(_rows - 1) + '\r' + ControlCodes.EraseToEndOfScreen);
        output.Flush();
        Forget();
    }

    /// <summary>Leaves the region as it is; the cursor goes to the line below.</summary>
    public void Finish()
    {
        if (_rows == 0)
            return;
        output.Write("\r\n");
        output.Flush();
        Forget();
    }

    private void Forget()
    {
        _image = null;
        _rows = 0;
        _lines = 0;
    }

    /// <summary>Moves to the region's first row, clears what will not be drawn over, and makes room for the rows that come.</summary>
    private void Claim(StringBuilder text, RenderedImage? image, int lines)
    {
        int rows = (image?.Rows ?? 0) + lines;
        text.Append(ControlCodes.Up(_rows - 1)).Append('\r');
        bool covers = _image is null || (image is not null && image.Columns >= _image.Columns && image.Rows == _image.Rows);
        if (!covers || rows < _rows)
            text.Append(image is null ? _image?.Removal : "").Append(ControlCodes.EraseToEndOfScreen);
        if (rows > _rows)
            text.Insert(text.Length, "\r\n", rows - 1).Append(ControlCodes.Up(rows - 1));
        _rows = rows;
    }

    private static void AppendImage(StringBuilder text, RenderedImage? image)
    {
        if (image is null)
            return;
        if (image.Protocol == PreviewProtocol.Blocks)
        {
            foreach (string row in image.Payload.Split('\n'))
                text.Append(row).Append("\r\n");
            return;
        }
        // Protocols differ in where they leave the cursor; the rows below are claimed, so nothing scrolls between saving and restoring it.
        text.Append(ControlCodes.SaveCursor).Append(image.Payload).Append(ControlCodes.RestoreCursor)
            .Append(ControlCodes.Down(image.Rows)).Append('\r');
    }

    private static void AppendLines(StringBuilder text, IReadOnlyList<string> lines)
    {
        for (int i = 0; i < lines.Count; i++)
            text.Append(i > 0 ? "\r\n" : "").Append(lines[i]).Append(ControlCodes.EraseToEndOfLine);
    }
}
