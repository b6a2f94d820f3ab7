using System.Reflection;
using Gesso.Contracts.Errors;

namespace Gesso.Server.Tests;

/// <summary>A port that passes everything on, except while it is away: then every call fails as a database that cannot be reached does.</summary>
public class StoreOutage<T> : DispatchProxy
    where T : class
{
    private T _inner = null!;
    private volatile bool _away;
    private int _calls;

    public bool Away
    {
        get => _away;
        set => _away = value;
    }

    public int Calls => _calls;

    internal T Wrap(T inner)
    {
        _inner = inner;
        return (T)(object)this;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Interlocked.Increment(ref _calls);
        if (_away)
            throw GessoException.Unavailable("database_unavailable", "The database cannot be reached.");
        return targetMethod!.Invoke(_inner, args);
    }
}

public static class StoreOutage
{
    public static (T Port, StoreOutage<T> Outage) Around<T>(T inner)
        where T : class
    {
        var outage = (StoreOutage<T>)(object)DispatchProxy.Create<T, StoreOutage<T>>();
        return (outage.Wrap(inner), outage);
    }
}
