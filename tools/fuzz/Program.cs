using Gesso.Fuzz;
using SharpFuzz;

if (args.Length < 1 || !Targets.ByName.TryGetValue(args[0], out var target))
{
    Console.Error.WriteLine($"Usage: gesso-fuzz {string.Join('|', Targets.ByName.Keys)} [libfuzzer | FILE-OR-FOLDER…]   (without: afl-fuzz; see README.md)");
    return 2;
}

if (args.Length == 1)
    Fuzzer.Run(stream => target(ReadAll(stream)));
else if (args[1] == "libfuzzer")
    Fuzzer.LibFuzzer.Run(bytes => target(bytes.ToArray()));
else
    Console.WriteLine($"{Replay(args[1..])} inputs replayed, none failed.");
return 0;

int Replay(IEnumerable<string> paths)
{
    var files = paths.SelectMany(path => Directory.Exists(path) ? Directory.EnumerateFiles(path) : [path]).ToList();
    files.ForEach(file => target(File.ReadAllBytes(file)));
    return files.Count;
}

static byte[] ReadAll(Stream stream)
{
    using var bytes = new MemoryStream();
    stream.CopyTo(bytes);
    return bytes.ToArray();
}
