namespace Headgate.Silo.Storage;

/// <summary>Names a run; <c>Tenant/Job</c> is its grain's key.</summary>
internal sealed record RunReference(string Tenant, string Job, long Run)
{
    public string JobKey => Tenant + "/" + Job;
}
