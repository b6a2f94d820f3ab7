using System.Globalization;
using System.Text;

namespace Gesso.Cli.Tests.Rendering;

/// <summary>
/// A terminal as far as this program uses one: a grid that scrolls, relative moves, SGR colours, and control strings kept with the row they were drawn at.
/// </summary>
internal sealed class ScreenEmulator(int columns, int rows)
{
    private readonly List<Cell[]> _lines = [.. Enumerable.Range(0, rows).Select(_ => Blank(columns))];
    private string _foreground = "";
    private string _background = "";
    private (int Row, int Column) _cursor;
    private (int Row, int Column) _saved;

    public readonly record struct Cell(string Text, string Foreground, string Background);

    /// <summary>A control string (APC, OSC, DCS); the row counts from the first line ever written, so scrolling does not change it.</summary>
    public sealed record Graphic(int Line, int Column, string Text);

    public List<Graphic> Graphics { get; } = [];

    /// <summary>How often text ran over the right edge.</summary>
    public int Wraps { get; private set; }

    /// <summary>How many lines have left at the top.</summary>
    public int Scrolled { get; private set; }

    public int CursorLine => Scrolled + _cursor.Row;

    public int CursorColumn => _cursor.Column;

    /// <summary>Everything written, scrolled lines included, without trailing blanks.</summary>
    public List<string> Lines => [.. _lines.Select(line => string.Concat(line.Select(cell => cell.Text)).TrimEnd())];

    public Cell At(int line, int column) => _lines[line][column];

    public void Write(string text)
    {
        for (int i = 0; i < text.Length;)
            i = text[i] == '\e' ? Escape(text, i) : Plain(text, i);
    }

    private static Cell[] Blank(int columns) => [.. Enumerable.Repeat(new Cell(" ", "", ""), columns)];

    private int Plain(string text, int at)
    {
        switch (text[at])
        {
            case '\r':
                _cursor.Column = 0;
                return at + 1;
            case '\n':
                _cursor.Column = 0; // the line discipline's ONLCR
                LineFeed();
                return at + 1;
            default:
                Rune rune = Rune.GetRuneAt(text, at);
                if (_cursor.Column == columns)
                {
                    Wraps++;
                    _cursor.Column = 0;
                    LineFeed();
                }
                _lines[Scrolled + _cursor.Row][_cursor.Column++] = new Cell(rune.ToString(), _foreground, _background);
                return at + rune.Utf16SequenceLength;
        }
    }

    private void LineFeed()
    {
        if (_cursor.Row < rows - 1)
        {
            _cursor.Row++;
            return;
        }
        Scrolled++;
        _lines.Add(Blank(columns));
    }

    private int Escape(string text, int at)
    {
        switch (text[at + 1])
        {
            case '7':
                _saved = _cursor;
                return at + 2;
            case '8':
                _cursor = _saved;
                return at + 2;
            case '[':
                int end = at + 2;
                while (!char.IsAsciiLetter(text[end]))
                    end++;
                Control(text[(at + 2)..end], text[end]);
                return end + 1;
            default:
                int bell = text.IndexOf('\a', at);
                int terminator = text.IndexOf("\e\\", at + 1, StringComparison.Ordinal);
                bool isOsc = text[at + 1] == ']';
                int last = isOsc ? bell + 1 : terminator + 2;
                Graphics.Add(new Graphic(CursorLine, _cursor.Column, text[at..last]));
                if (text[at + 1] == 'P' || isOsc)
                    _cursor.Column = columns / 2; // terminals differ: nothing may rely on where a picture leaves the cursor
                return last;
        }
    }

    private void Control(string parameters, char final)
    {
        int Number(int missing) => parameters.Length == 0 ? missing : int.Parse(parameters, CultureInfo.InvariantCulture);
        switch (final)
        {
            case 'A':
                _cursor.Row = Math.Max(0, _cursor.Row - Number(1));
                break;
            case 'B':
                _cursor.Row = Math.Min(rows - 1, _cursor.Row + Number(1));
                break;
            case 'K':
                Array.Fill(_lines[CursorLine], new Cell(" ", "", ""), _cursor.Column, columns - _cursor.Column);
                break;
            case 'J':
                Control("", 'K');
                for (int row = CursorLine + 1; row < _lines.Count; row++)
                    _lines[row] = Blank(columns);
                Graphics.RemoveAll(graphic => graphic.Line >= CursorLine);
                break;
            case 'm':
                Colors([.. parameters.Split(';')]);
                break;
            case 'h' or 'l' when parameters == "?2026":
                break;
            default:
                throw new InvalidOperationException($"Control code CSI {parameters} {final} is not in the set this program uses.");
        }
    }

    private void Colors(List<string> codes)
    {
        for (int i = 0; i < codes.Count;)
        {
            if (codes[i] is "0" or "")
            {
                (_foreground, _background) = ("", "");
                i++;
                continue;
            }
            int length = codes[i + 1] == "2" ? 5 : 3;
            string color = string.Join(';', codes.GetRange(i + 1, length - 1));
            if (codes[i] == "38")
                _foreground = color;
            else if (codes[i] == "48")
                _background = color;
            i += length;
        }
    }
}
