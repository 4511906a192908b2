using System.Diagnostics.Metrics;
using Headgate.Repository.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Repository.Tests.Resume;

/// <summary>How many requests the web server of one repository has served to their end.</summary>
internal sealed class RequestCount : IDisposable
{
    private readonly MeterListener _listener = new();
    private int _count;

    public RequestCount(TestRepository repository)
    {
        var meters = repository.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "http.server.request.duration" && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref _count));
        _listener.Start();
    }

    public int Value => Volatile.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
