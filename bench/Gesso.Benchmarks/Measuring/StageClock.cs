namespace Gesso.Benchmarks.Measuring;

/// <summary>Where one picture's time goes: stages in the order they were first met, each with the sum of its times.</summary>
internal sealed class StageClock
{
    private readonly List<(string Stage, double Milliseconds)> _stages = [];

    public IReadOnlyList<(string Stage, double Milliseconds)> Stages => _stages;

    public double Total => _stages.Sum(s => s.Milliseconds);

    public double? Of(string stage) => _stages.FindIndex(s => s.Stage == stage) is >= 0 and var i ? _stages[i].Milliseconds : null;

    public T Time<T>(string stage, Func<T> run)
    {
        T result = default!;
        double elapsed = Interleaved.Time(() => result = run());
        int known = _stages.FindIndex(s => s.Stage == stage);
        if (known < 0)
            _stages.Add((stage, elapsed));
        else
            _stages[known] = (stage, _stages[known].Milliseconds + elapsed);
        return result;
    }
}
