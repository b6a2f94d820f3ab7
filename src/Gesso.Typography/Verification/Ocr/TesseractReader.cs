using System.Diagnostics;
using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;

namespace Gesso.Typography.Verification.Ocr;

/// <summary>
/// Tesseract as a program (Debian's tesseract-ocr): one process reads a whole list of lines, so its start and its language data are paid once. A process and not
/// the library: what crashes or leaks in it does not do so in ours.
/// </summary>
public sealed class TesseractReader : ILineReader
{
    public const string Program = "tesseract";

    /// <summary>Page segmentation: one line; then a raw line without Tesseract's own clean-up; then a block.</summary>
    private static readonly int[] Modes = [7, 13, 6];

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LineTime = TimeSpan.FromSeconds(5);

    private readonly string _language;

    private TesseractReader(string language) => _language = language;

    public string Name => $"tesseract {_language}";

    /// <exception cref="GessoException">Unavailable: <c>tesseract_missing</c> or <c>tesseract_language_missing</c>, with the package to install.</exception>
    public static TesseractReader For(OcrScript script)
    {
        var profile = OcrScriptProfile.Of(script);
        if (profile.ReadByPpOcr)
            throw GessoException.Bug("wrong_engine", $"{script} is read by PP-OCR, not by Tesseract.");
        return new TesseractReader(Choose(script, Languages(profile.Package)));
    }

    /// <summary>With language data that the caller names: a second opinion.</summary>
    /// <exception cref="GessoException">Unavailable: <c>tesseract_missing</c> or <c>tesseract_language_missing</c>, with the package to install.</exception>
    public static TesseractReader Named(string language, string package) => Languages(package).Contains(language)
        ? new TesseractReader(language)
        : throw GessoException.Unavailable("tesseract_language_missing", $"Tesseract has no language data {language}: apt-get install {package}.");

    /// <summary>The first of a script's language data that is installed.</summary>
    internal static string Choose(OcrScript script, IReadOnlyCollection<string> installed)
    {
        var profile = OcrScriptProfile.Of(script);
        return profile.Languages.FirstOrDefault(installed.Contains) ?? throw GessoException.Unavailable(
            "tesseract_language_missing", $"Tesseract has no language data for {script} ({string.Join(" or ", profile.Languages)}): apt-get install {profile.Package}.");
    }

    public IReadOnlyList<LineReading> Read(IReadOnlyList<RasterImage> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        string[] texts = new string[lines.Count];
        Array.Fill(texts, "");
        foreach (int mode in Modes)
        {
            int[] empty = [.. Enumerable.Range(0, texts.Length).Where(i => texts[i].Length == 0)];
            if (empty.Length == 0)
                break;
            string[] read = ReadOnce([.. empty.Select(i => lines[i])], mode);
            for (int k = 0; k < empty.Length; k++)
                texts[empty[k]] = read[k];
        }
        return [.. texts.Select(t => new LineReading(t))];
    }

    private string[] ReadOnce(IReadOnlyList<RasterImage> lines, int mode)
    {
        var folder = Directory.CreateTempSubdirectory("gesso-ocr-");
        try
        {
            var list = new StringBuilder();
            for (int i = 0; i < lines.Count; i++)
            {
                string path = Path.Combine(folder.FullName, $"{i}.pgm");
                WritePgm(path, lines[i]);
                list.Append(path).Append('\n');
            }
            string listFile = Path.Combine(folder.FullName, "lines.txt");
            File.WriteAllText(listFile, list.ToString());
            string output = Run([listFile, "stdout", "-l", _language, "--psm", $"{mode}", "--dpi", "150"], StartTime + LineTime * lines.Count);
            string[] pages = output.Split('\f');                                             // version 5 puts it between pages, version 4 after each
            if (pages.Length == lines.Count + 1)
                pages = pages[..^1];
            return pages.Length == lines.Count
                ? [.. pages.Select(p => p.Trim())]
                : throw GessoException.Unavailable("tesseract_failed", $"Tesseract was given {lines.Count} lines and answered {pages.Length}: is it a version 4 or 5?");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static HashSet<string> Languages(string package) =>
        [.. Run(["--list-langs"], StartTime, package).Split('\n').Select(l => l.Trim())];

    private static string Run(string[] arguments, TimeSpan limit, string package = "")
    {
        var start = new ProcessStartInfo(Program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["OMP_THREAD_LIMIT"] = "1";                                         // its threads only wait for each other on single lines
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw GessoException.Unavailable("tesseract_missing", $"The program {Program} was not found: apt-get install tesseract-ocr {package}".TrimEnd() + ".", e);
        }
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(limit))
            {
                process.Kill(entireProcessTree: true);
                throw GessoException.Unavailable("tesseract_failed", $"Tesseract did not answer within {limit.TotalSeconds:0} seconds.");
            }
            string said = errors.GetAwaiter().GetResult().Trim();
            return process.ExitCode == 0
                ? output.GetAwaiter().GetResult()
                : throw GessoException.Unavailable("tesseract_failed", $"Tesseract ended with {process.ExitCode}: {said}");
        }
    }

    /// <summary>Binary PGM: what Tesseract reads without any codec.</summary>
    private static void WritePgm(string path, RasterImage line)
    {
        if (line.Channels != 1)
            throw GessoException.Bug("not_grey", $"Lines for OCR have one channel; got {line.Channels}.");
        using var file = File.Create(path);
        file.Write(Encoding.ASCII.GetBytes($"P5\n{line.Width} {line.Height}\n255\n"));
        file.Write(line.Pixels);
    }
}
