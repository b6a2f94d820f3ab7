using System.Collections.Concurrent;

namespace Gesso.Engine.Ai;

/// <summary>
/// An engine on a thread of its own, where it is loaded, used and disposed: libtorch's scopes belong to a thread, so tasks from anywhere wait here for their
/// turn, first come, first served.
/// </summary>
internal sealed class EngineThread : IDisposable
{
    private readonly BlockingCollection<ICall> _calls = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly Thread _thread;

    /// <summary>Returns when the engine is loaded.</summary>
    /// <param name="load">What it throws is thrown here.</param>
    public EngineThread(Func<ImageEngine> load)
    {
        var loaded = new TaskCompletionSource<ImageEngine>();
        _thread = new Thread(() => Serve(load, loaded)) { IsBackground = true, Name = "Gesso engine" };
        _thread.Start();
        try
        {
            Engine = loaded.Task.GetAwaiter().GetResult();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ImageEngine Engine { get; }

    /// <summary>Runs work on the thread of the engine.</summary>
    /// <param name="work">Told to stop when the caller cancels or this is disposed.</param>
    /// <param name="cancellation">Ends the wait at once, and the work at its next step.</param>
    /// <exception cref="ObjectDisposedException">By the task, where this is disposed before the work is done.</exception>
    public Task<T> Run<T>(Func<ImageEngine, CancellationToken, T> work, CancellationToken cancellation)
    {
        var call = new Call<T>(work, cancellation);
        try
        {
            _calls.Add(call, CancellationToken.None);
        }
        catch (InvalidOperationException)                                                   // disposed: no more calls are taken
        {
            call.Close();
        }
        return call.Task;
    }

    /// <summary>Stops the work in progress at its next step, turns away what waits, frees the engine.</summary>
    public void Dispose()
    {
        if (_calls.IsAddingCompleted)
            return;
        _calls.CompleteAdding();
        _closing.Cancel();
        _thread.Join();
        _closing.Dispose();
    }

    private void Serve(Func<ImageEngine> load, TaskCompletionSource<ImageEngine> loaded)
    {
        ImageEngine engine;
        try
        {
            engine = load();
        }
        catch (Exception e)
        {
            loaded.SetException(e);
            return;
        }
        using (engine)
        {
            loaded.SetResult(engine);
            foreach (var call in _calls.GetConsumingEnumerable(CancellationToken.None))
            {
                if (_closing.IsCancellationRequested)
                    call.Close();
                else
                    call.Run(engine, _closing.Token);
            }
        }
    }

    private interface ICall
    {
        void Run(ImageEngine engine, CancellationToken closing);

        void Close();
    }

    private sealed class Call<T> : ICall
    {
        private readonly Func<ImageEngine, CancellationToken, T> _work;
        private readonly CancellationToken _cancellation;
        private readonly CancellationTokenRegistration _registration;

        // the caller goes on elsewhere: its code must not run on the engine's thread
        private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Call(Func<ImageEngine, CancellationToken, T> work, CancellationToken cancellation)
        {
            _work = work;
            _cancellation = cancellation;
            _registration = cancellation.Register(() => _result.TrySetCanceled(cancellation));
        }

        public Task<T> Task => _result.Task;

        public void Run(ImageEngine engine, CancellationToken closing)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(_cancellation, closing);
            try
            {
                if (!_result.Task.IsCompleted)
                    _result.TrySetResult(_work(engine, stop.Token));
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                if (!_cancellation.IsCancellationRequested)
                    Close();
                else
                    _result.TrySetCanceled(_cancellation);
            }
            catch (Exception e)
            {
                _result.TrySetException(e);                                                 // thrown where the task is awaited
            }
            finally
            {
                _registration.Dispose();
            }
        }

        public void Close()
        {
            _result.TrySetException(new ObjectDisposedException(objectName: null, "The generator was disposed before the picture was done."));
            _registration.Dispose();
        }
    }
}
