using Gesso.Benchmarks;
using Gesso.Benchmarks.Benches;
using Gesso.Benchmarks.Reporting;
using Gesso.Contracts.Errors;

try
{
    if (args.Any(a => a is "-h" or "--help"))
    {
        Console.WriteLine(BenchArguments.Usage);
        return 0;
    }
    var arguments = BenchArguments.Parse(args);
    foreach (var bench in BenchCatalog.Select(arguments.Bench))
    {
        var machine = MachineFacts.Before();
        Console.Error.WriteLine($"{bench.Name}: {bench.Question}");
        var report = new BenchReport(bench, arguments, machine, bench.Run(arguments));
        Console.WriteLine(MarkdownReport.Write(report));
        foreach (string file in ReportFiles.Save(report, arguments))
            Console.Error.WriteLine($"written: {file}");
    }
    return 0;
}
catch (GessoException e)
{
    Console.Error.WriteLine(e.Message);
    return e.Kind == ErrorKind.InvalidRequest ? 2 : 1;
}
