namespace Gesso.Architecture.Tests;

/// <summary>
/// Which project may reference which, planned projects included (docs/decisions/0001). A reference outside this table is refused with the sentence that stands
/// beside it; whoever needs one changes the table and the decision in the same commit.
/// </summary>
internal static class Arrows
{
    /// <summary>Projects that need libtorch to run.</summary>
    public static readonly string[] NeedLibTorch = ["Gesso.Torch", "Gesso.Models", "Gesso.Diffusion", "Gesso.Engine", "Gesso.Training"];

    private static readonly Dictionary<string, (string[] May, string Why)> Table = new()
    {
        ["Gesso.Contracts"] = ([], "Contracts ← everyone: the shared words depend on nothing"),
        ["Gesso.Formats"] = (["Gesso.Contracts"], "Contracts ← Formats: bytes to records, without libtorch"),
        ["Gesso.Tokenizers"] = (["Gesso.Formats"], "Formats ← Tokenizers: text to ids, without libtorch"),
        ["Gesso.Typography"] = (["Gesso.Contracts"], "Contracts ← Typography: it yields plain masks and images, and Diffusion does not know about fonts"),
        ["Gesso.Torch"] = (["Gesso.Formats"], "Formats ← Torch: the only project with native code knows files and tensors, not networks"),
        ["Gesso.Models"] = (["Gesso.Torch"], "Torch ← Models: networks know nothing of prompts, steps and files"),
        ["Gesso.Diffusion"] = (["Gesso.Models", "Gesso.Tokenizers"], "{Models, Tokenizers} ← Diffusion: how pictures come out of networks"),
        ["Gesso.Engine"] = (["Gesso.Diffusion", "Gesso.Typography", "Gesso.Formats"], "{Diffusion, Typography, Formats} ← Engine: what a program embeds"),
        ["Gesso.Training"] = (["Gesso.Diffusion"], "Diffusion ← Training: training shares samplers and packing with inference and needs no engine"),
        ["Gesso.Platform"] = (["Gesso.Contracts"], "Contracts ← Platform: the business knows no HTTP, no tensors, no SQL"),
        ["Gesso.Storage"] = (["Gesso.Platform"], "Platform ← Storage: it implements the platform's stores"),
        ["Gesso.Providers"] = (["Gesso.Platform"], "Platform ← Providers: other people's image services"),
        ["Gesso.Server"] = (
            ["Gesso.Formats", "Gesso.Typography", "Gesso.Platform", "Gesso.Storage", "Gesso.Providers", "Gesso.Studio"],
            "{Formats, Typography, Platform, Storage, Providers, Studio} ← Server: a server process never loads libtorch; heads of files it reads and text it lays out without"),
        ["Gesso.Client"] = (["Gesso.Contracts"], "Contracts ← Client: a server seen from a C# program, without an engine"),
        ["Gesso.Worker"] = (
            ["Gesso.Engine", "Gesso.Training", "Gesso.Platform", "Gesso.Storage"],
            "{Engine, Training, Platform, Storage} ← Worker: it owns the device and leases jobs"),
        ["Gesso.Cli"] = (
            ["Gesso.Engine", "Gesso.Training", "Gesso.Contracts", "Gesso.Client", "Gesso.Server", "Gesso.Worker"],
            "{Engine, Training, Client, Server, Worker} ← Cli: one executable that is server, worker or client, each in a process of its own (decision 0006)"),
        ["Gesso.Studio"] = ([], "Studio stands alone: static pages that use the public HTTP interface"),
    };

    public static IReadOnlyCollection<string> Names => Table.Keys;

    /// <summary>One sentence for each reference of a project that the table does not allow.</summary>
    public static IEnumerable<string> Violations(Project project)
    {
        if (!Table.TryGetValue(project.Name, out (string[] May, string Why) row))
        {
            yield return $"{project.Name} is not in the table of arrows: say in docs/decisions why it is a project of its own, and add it.";
            yield break;
        }
        foreach (string reference in project.References.Except(row.May))
            yield return $"{project.Name} references {reference}, which no arrow allows. The arrow: {row.Why}.";
    }

    /// <summary>Everything a project reaches through allowed arrows.</summary>
    public static HashSet<string> Reach(string name)
    {
        HashSet<string> reached = [];
        Stack<string> open = new(Table[name].May);
        while (open.TryPop(out string? next))
        {
            if (reached.Add(next))
            {
                foreach (string further in Table[next].May)
                    open.Push(further);
            }
        }
        return reached;
    }
}
